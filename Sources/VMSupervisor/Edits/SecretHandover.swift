internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON
internal import VMSecret

/// The secrets of a device that comes: QEMU gets each in an open file of memory, reads it while the device is plugged in, and
/// closes it then. The steps, which are written down, name only the file.
struct SecretHandover {
    /// The change with the files in it.
    private(set) var change: HotplugChange
    private var sets: [JSONValue] = []

    init(_ change: HotplugChange, _ machine: LiveMachine) throws(VMError) {
        self.change = change
        let store = SecretStore(machine.plan.paths)
        do throws(VMError) {
            for index in change.steps.indices {
                guard let source = change.steps[index].secret else { continue }
                try hand(source, store, machine, to: index)
            }
        } catch {
            end(machine)
            throw error
        }
    }

    private mutating func hand(
        _ source: SecretSource, _ store: SecretStore, _ machine: LiveMachine, to index: Int
    ) throws(VMError) {
        let value: [UInt8] =
            switch source {
            case .stored(let reference): try store.value(of: reference)
            case .text(let text): Array(text.utf8)
            }
        let file = try FileDescriptor.memory(value, name: "vmctl-secret")
        let answer = try machine.run("add-fd", ["opaque": "secret"], file: file.release())
        guard let number = answer["fd"]?.int64, let set = answer["fdset-id"] else {
            throw VMError(.monitor, "QEMU did not take the file of a secret")
        }
        sets.append(set)
        change.steps[index].call.arguments["file"] = .string("/proc/self/fd/\(number)")
    }

    /// Has QEMU close the files.
    func end(_ machine: LiveMachine) {
        for set in sets { _ = try? machine.run("remove-fd", ["fdset-id": set]) }
    }
}
