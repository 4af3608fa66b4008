"""AWS IAM account exports: who may use, change or give away a key."""
