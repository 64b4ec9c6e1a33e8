"""Pure vocabulary: quantities, periods, units, resources and column batches."""
