"""Pictures of the pages on estimators, one function each."""
