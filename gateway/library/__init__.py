"""Things an account keeps: projects, assets, uploads, and the room they take."""
