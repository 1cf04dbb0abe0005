"""Protocol extensions that the server speaks."""
