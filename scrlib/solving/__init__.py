"""Claims as linear models: solvers, relaxations, and proofs that claims contradict."""
