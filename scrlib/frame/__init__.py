"""The coding frame: variables, categories, groups and scores, and the language of quantities."""
