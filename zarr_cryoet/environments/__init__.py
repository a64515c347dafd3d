"""Which releases there are, what each was installed with, and a repository of them."""
