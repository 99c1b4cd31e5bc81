internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// What one kind of job does. ``Supervisor`` keeps the jobs, publishes them and tells of their beginnings and ends; a kind
/// says what is done at each turn. It is begun, hears QEMU's events, is looked at now and then, and may be cancelled. When
/// a supervisor was killed, the next one makes it anew from what was published, and it goes on.
protocol JobWork: AnyObject {
    /// What it needs before it can be accepted, such as the file that it writes. May add to what is published.
    ///
    /// - Throws: why it can't begin; nothing has happened then.
    func prepare(_ info: inout MachineJob) throws(VMError)

    /// Begins. It was accepted, and is published.
    func begin(_ job: JobRun)

    /// An event of QEMU's.
    func hear(_ event: String, _ data: JSONValue, _ job: JobRun)

    /// Asks QEMU how far it is; ends the job when it is over.
    func look(_ job: JobRun)

    /// Stops it. What it comes to is seen as any end of it is.
    ///
    /// - Parameter reply: takes the answer to the request.
    func cancel(_ job: JobRun, _ reply: @escaping (Result<Void, VMError>) -> Void)

    /// Goes on with what a supervisor began that was killed.
    func goOn(_ job: JobRun)

    /// It came to nothing: what is left of it is taken back.
    func undo(_ job: JobRun)

    /// It was completed: what follows.
    func conclude(_ job: JobRun)
}
