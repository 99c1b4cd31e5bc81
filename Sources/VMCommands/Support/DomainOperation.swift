internal import VMCore
internal import VMManager

extension VMManager {
    /// Does something to a domain for a verb. What fails is told in virsh's words, "Failed to start domain 'demo'", with the
    /// reason as its cause.
    ///
    /// - Parameter words: what is done, `start`, `change media of`.
    func carryOut<Success>(
        _ words: String, _ key: String, _ body: () throws(VMError) -> Success
    ) throws(VMError) -> Success {
        do throws(VMError) {
            return try body()
        } catch {
            guard error.code != .noDomain, error.code != .usage, let name = try? find(key).name else { throw error }
            throw error.wrapped("Failed to \(words) domain '\(name)'")
        }
    }
}
