import Glibc

/// The three streams that a program begins with, made safe before anything else is opened.
enum StandardStreams {
    /// A stream that was closed is opened on nothing: else the first file that the program opens, such as its database, would get the
    /// stream's number, and what is printed would be written into it. A reader that leaves is an error of writing, and no signal.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(stream, F_GETFD) == -1 && errno == EBADF {
            // The lowest free number is the stream's own. Output that was closed stays an error: opened for reading alone.
            _ = open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
