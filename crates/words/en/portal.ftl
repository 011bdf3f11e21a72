# Words of the portal's pages. Keys begin with the page: home-, write-, receipt-, lookup-, case-, answers-.
