# Words of the console's pages. Keys begin with the page: login-, queue-, work-.
