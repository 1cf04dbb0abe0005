"""The library of an account: projects, assets, uploads, and their storage quota."""
