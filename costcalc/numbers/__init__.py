"""What ints, arrays and symbols share: sizes, formulas, rationals, factored arrays."""
