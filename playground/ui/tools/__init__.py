"""What several pages let a visitor do: draw, paint, ask, compare, save."""
