"""What is predicted: the corollaries in closed form, what was corrected in them, no diagram and no run."""
