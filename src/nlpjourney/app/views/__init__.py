"""What the pages show, as plain data: no request, no HTML, so that each can be tested without a server."""
