internal import Glibc
internal import VMCore
internal import VMManager

extension Invocation {
    /// The machines that `--connect` chose. Root's are the system's, unless it asks for its session's.
    func manager() throws(VMError) -> VMManager {
        let isSession = global.connection == "qemu:///session"
        switch global.connection {
        case nil, "qemu:///session": break
        case "qemu:///system":
            guard geteuid() == 0 else {
                throw VMError(
                    .unsupported, "failed to connect to the hypervisor: qemu:///system is root's",
                    remedy: "run vmctl as root, or leave --connect out to use your own machines")
            }
        case let uri?:
            throw VMError(
                .unsupported, "failed to connect to the hypervisor: no connection driver for '\(uri)'",
                remedy: "vmctl knows qemu:///session and qemu:///system")
        }
        var manager = VMManager(
            paths: try .current(isSession: isSession), supervisorExecutable: global.supervisor)
        manager.controlGroupParent = Self.variable("VMCTL_CONTROL_GROUP")
        manager.trustsEmulators =
            global.trustsEmulators || Self.variable("VMCTL_TRUST_EMULATOR") == "1"
            || !Self.checkingVerbs.contains(verb.name)
        return manager
    }

    /// A variable of the environment that says something.
    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Verbs that look at documents, or at what an emulator can do, and run no machine: somebody else's document doesn't
    /// have them run a program of its choice. What starts a machine runs its emulator, as it was asked to.
    private static let checkingVerbs = [
        "argv", "capabilities", "check", "define", "diff", "domcapabilities", "domxml-to-native", "edit", "explain",
        "managedsave-define", "managedsave-edit", "maxvcpus", "restore", "save-image-define", "save-image-edit",
        "version",
    ]

    /// The manager and the domain's name, UUID or id as the user gave it.
    func managerAndDomain() throws(VMError) -> (VMManager, String) {
        (try manager(), try required("domain"))
    }
}
