"""The bench that every page stands on. Only here, in `pages/` and in the entry script is Streamlit."""
