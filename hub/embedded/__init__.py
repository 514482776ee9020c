"""The whole hub on one machine: a graph server and a queue from their wheels, the API and a worker, in one folder."""
