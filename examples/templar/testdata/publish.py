"""Publishes with Debian's python3-pika, as backends do.

    publish.py AMQP-URL EXCHANGE BODY...
"""

import sys

import pika

url, exchange, *bodies = sys.argv[1:]
connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
for body in bodies:
    channel.basic_publish(exchange=exchange, routing_key="*", body=body)
connection.close()
