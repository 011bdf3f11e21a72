# Words of the administrator's pages.
