internal import Glibc
internal import VMCore
internal import VMManager

extension Invocation {
    /// The machines that `--connect` chose.
    func manager() throws(VMError) -> VMManager {
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
        return VMManager()
    }

    /// The manager and the domain's name, UUID or id as the user gave it.
    func managerAndDomain() throws(VMError) -> (VMManager, String) {
        (try manager(), try required("domain"))
    }
}
