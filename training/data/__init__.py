"""Turn a corpus folder or a text file into token ids and packed rows."""
