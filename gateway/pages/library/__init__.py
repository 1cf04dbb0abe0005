"""Pages of the library: uploads and kept results in one grid, projects as its folders."""
