"""A Ray Serve application: the model behind one endpoint, on many machines. See docs/scaling.md."""
