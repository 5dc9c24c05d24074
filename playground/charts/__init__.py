"""Figures as pure functions from arrays to plotly JSON; the browser adds the theme."""
