"""The main job: plan it, run it through asv, and say what came of it."""
