"""How far to trust the advice: beside exhaustive sweeps, its regret and the errors of its model."""
