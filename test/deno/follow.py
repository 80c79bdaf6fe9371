import sys, zmq
socket = zmq.Context().socket(zmq.SUB)
socket.connect(sys.argv[1])
socket.subscribe(sys.argv[2])
while True:
    agent, frame = socket.recv_multipart()
    print(agent.decode(), frame.hex(), flush=True)
