# Makes ${PTX}.inc, a C++ string literal of ${PTX}. No line of it is told of the machine it was made on.
file(READ "${PTX}" text)
file(WRITE "${PTX}.inc" "R\"ptx(${text})ptx\"\n")
