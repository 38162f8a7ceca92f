"""Models as they run outside the laboratory: fewer bits a parameter, and what that costs."""
