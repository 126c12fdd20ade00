"""Python's own XML-RPC server, a thread for each connection, which are kept: answers at once, keeps nothing, asks nobody
for a token. Arguments: a port, and for TLS the files of certificate and key."""

import ssl
import sys
from socketserver import ThreadingMixIn
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer


class Server(ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True
    request_queue_size = 511


class Handler(SimpleXMLRPCRequestHandler):
    protocol_version = 'HTTP/1.1'


server = Server(('127.0.0.1', int(sys.argv[1])), Handler, logRequests=False)
if len(sys.argv) > 2:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*sys.argv[2:])
    # The handshake is for the thread of the connection.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.register_introspection_functions()
server.register_function(
    lambda host, facts: {'client': host, 'lease_seconds': 60, 'poll_seconds': 20}, 'scire.register')
server.register_function(lambda client: '', 'scire.ask_for_work')
print('ready', flush=True)
server.serve_forever()
