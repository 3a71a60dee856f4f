"""The rules: pure functions from facts, policy and now to decisions that carry their reason."""
