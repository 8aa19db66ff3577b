"""What a data set is like, how hard it is, and the recipe of a synthetic one."""
