"""What trainings on replies share: preference tuning, and the training of a reward model."""
