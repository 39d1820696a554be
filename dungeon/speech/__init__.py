"""Speak replies sentence by sentence: through a program, or through a speech server.

speaker   takes a reply as it is written, and speaks its sentences in order
command   a program that speaks what stands on its standard input
server    an OpenAI-compatible speech endpoint, and a program that plays its audio
voices    the voice that the settings ask for
"""
