"""Play turns: from an action, by way of the model, to a saved reply."""
