"""Pure: records what an apply is about to change, and computes from a record what takes it back."""
