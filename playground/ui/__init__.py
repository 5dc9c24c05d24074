"""The bench that every page stands on, and the only folder here that knows Streamlit."""
