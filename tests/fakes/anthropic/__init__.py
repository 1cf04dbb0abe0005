"""An honest stand-in for the model behind the agent: the real SDK speaks to it over HTTP."""
