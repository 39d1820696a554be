"""Export models as GGUF files, and check them in llama.cpp."""
