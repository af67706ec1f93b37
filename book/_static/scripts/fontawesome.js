/* The icons come from the web font; this empties the theme's script of the same name, 540 kB that nothing uses. */
