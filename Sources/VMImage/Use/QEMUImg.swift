internal import Glibc
package import VMCore
package import VMJSON

/// The program `qemu-img`, for what an image's header can't say.
package enum QEMUImg {
    /// The most bytes of its answer that are read.
    private static let limit = 1 << 20

    /// What `qemu-img info --output=json` says of an image.
    ///
    /// The image is opened in the given format and no other, and its path is never taken for a protocol. Images below it
    /// are not opened. An image that is in use can be asked about, too.
    /// - Parameters:
    ///   - format: must be what the owner of the image declares, not what its first bytes show: the guest may have
    ///     written those.
    ///   - executable: the path of the program.
    /// - Throws: `launchFailed` when the program can't be run or refuses the image, `timeout`, `protocolViolation` when
    ///   its answer is no JSON object or too long.
    package static func info(
        _ path: String, format: ImageFormat, executable: String = "/usr/bin/qemu-img",
        deadline: Deadline = .after(.seconds(10))
    ) throws(VMError) -> JSONObject {
        let what = "'\(executable)' about image '\(path)'"
        let complaints = try FileDescriptor.memory([], name: "qemu-img-stderr")
        var pipe = try Pipe()
        let request = SpawnRequest(
            executable: executable,
            arguments: ["info", "--output=json", "--force-share", "--image-opts", options(path, format)],
            descriptors: [.init(pipe.writer, as: STDOUT_FILENO), .init(complaints.raw, as: STDERR_FILENO)],
            workingDirectory: "/", diesWithParent: true)
        let process = try SpawnedProcess.spawn(request)
        pipe.closeWriter()
        let answer = pipe.readToEnd(limit: limit + 1, deadline: deadline)
        if answer.map({ $0.count > limit }) ?? true { sendSignal(SIGKILL, to: process.handle) }
        let exit = ProcessExit.wait(for: process.handle, until: max(deadline, .after(.seconds(1))))
        guard let answer else { throw VMError(.timeout, "no answer in time from \(what)") }
        guard answer.count <= limit else { throw VMError(.protocolViolation, "too long an answer from \(what)") }
        guard exit == .exited(0) else { throw refusal(what, complaints) }
        guard let object = try JSONParser.parse(answer).object else {
            throw VMError(.protocolViolation, "no JSON object from \(what)")
        }
        return object
    }

    /// `driver=qcow2,file.driver=file,file.filename=PATH`, in which a comma is doubled.
    package static func options(_ path: String, _ format: ImageFormat) -> String {
        let driver = Files.isBlockDevice(path) ? "host_device" : "file"
        let comma = UInt8(ascii: ",")
        let name = String(decoding: path.utf8.flatMap { $0 == comma ? [comma, comma] : [$0] }, as: UTF8.self)
        return "driver=\(format.rawValue),file.driver=\(driver),file.filename=\(name)"
    }

    private static func refusal(_ what: String, _ complaints: borrowing FileDescriptor) -> VMError {
        lseek(complaints.raw, 0, SEEK_SET)
        let said = (try? complaints.readToEnd("qemu-img-stderr", limit: 1 << 16)) ?? []
        let line = String(decoding: said.prefix { $0 != 0x0a }, as: UTF8.self)
        return VMError(.launchFailed, "an error from \(what)" + (line.isEmpty ? "" : ": \(line)"))
    }
}
