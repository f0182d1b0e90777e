import Serving

extension ServingError {
    /// Says why the server did not start, and gives the exit code to throw.
    func reported() -> any Error {
        switch self {
        case .accounts(let error): AccountFailure.failure(error)
        case .records(let failure): CommandFailure(failure).reported()
        case .cannotListen, .unusable: CommandFailure(.configuration, description).reported()
        }
    }
}
