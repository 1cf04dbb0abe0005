"""What an account keeps: projects, assets, uploads, and how much room they take."""
