"""Claims as linear models: solvers, relaxations, and what they imply."""
