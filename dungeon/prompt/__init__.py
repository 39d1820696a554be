"""Build the prompt of a reply, from the story and what the player gave it."""
