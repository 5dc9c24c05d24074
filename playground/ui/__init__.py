"""What a visitor sees and touches: with pages/ and explore.py, all that knows Streamlit."""
