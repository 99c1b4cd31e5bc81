internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMXML

/// What a start does besides running QEMU, asked for beforehand: a start and a check go by the same list.
extension VMManager {
    /// What keeps a planned machine from being started on this user's side: images that keep snapshots, secrets, the
    /// settings of QEMU's user.
    func launchProblems(_ launch: LaunchPlan) -> [VMError] {
        var problems: [VMError] = []
        do throws(VMError) { try checkKeptImages(launch.domain) } catch { problems.append(error) }
        problems += LaunchSecrets.problems(launch, secrets.store)
        do throws(VMError) { try checkConfinement(of: launch.domain) } catch { problems.append(error) }
        return problems
    }
}

extension Preflight {
    /// Rights that threads of the machine need.
    mutating func checkRights(_ domain: Domain) {
        checkLockedMemory(domain)
        let sched = domain.cputune
        let all =
            [sched.emulatorsched].compactMap(\.self) + sched.vcpusched.map(\.scheduling)
            + sched.iothreadsched.map(\.scheduling)
        let wanted = all.filter { $0.scheduler == .fifo || $0.scheduler == .rr }.compactMap(\.priority).max()
        guard let wanted, let most = ProcessLimits.realTimePriority, most < wanted else { return }
        let problem = VMError(
            .unsupported,
            "a thread of the machine is to have the real-time priority \(wanted), and you may give \(most)",
            remedy: "real-time classes need root, or a limit of 'rtprio' for the user")
        add(problem, at: sched.origin)
    }

    /// Memory that is to stay where it is.
    private mutating func checkLockedMemory(_ domain: Domain) {
        guard domain.memoryBacking.locked, let wanted = domain.memory?.size?.bytes else { return }
        let user = (try? manager.account(of: domain)).flatMap { $0 }
        guard let most = ProcessLimits.lockedMemory(asOther: user != nil), most < wanted else { return }
        let who = user.map { "its user '\($0.name)'" } ?? "you"
        let problem = VMError(
            .unsupported,
            "the machine's memory of \(wanted >> 10) KiB is to be locked, and \(who) may lock \(most >> 10) KiB",
            remedy: "raise the limit 'memlock', or leave <locked/> out")
        add(problem, at: domain.memoryBacking.origin)
    }

    /// The machine's own folder, in which sockets are made.
    mutating func checkRuntimeFolder() {
        let folder = machine.runtime
        let longest = [folder.monitor, folder.qemuMonitor].max { $0.utf8.count < $1.utf8.count } ?? ""
        if longest.utf8.count > 107 {
            add(
                VMError(
                    .io,
                    "the path of the machine's socket '\(longest)' has \(longest.utf8.count) bytes, and one may have 107",
                    remedy: "choose a shorter folder in XDG_RUNTIME_DIR or VMCTL_HOME"))
        }
        var existing = folder.base
        while !Files.exists(existing), existing != "/", existing != "." { existing = Files.folder(of: existing) }
        guard access(existing, W_OK) != 0 else { return }
        add(
            .system(
                "cannot make folder '\(folder.path)'", errno: errno,
                remedy: "make its parent folder writable for you"))
    }

    /// Block devices of the host that are to be limited, where a control group can do it.
    mutating func checkLimitedDevices(_ domain: Domain) {
        guard manager.controlGroupPlace(domain).controllers.contains(.io) else { return }
        for device in domain.blkiotune.devices where device.hasLimits {
            guard let path = device.path, !Files.isBlockDevice(path) else { continue }
            let isThere = Files.exists(path)
            let problem = VMError(
                isThere ? .invalidArgument : .notFound,
                isThere
                    ? "'\(path)', which is to be limited, is no block device"
                    : "there is no block device '\(path)', which is to be limited",
                remedy: "name a device such as /dev/sda in the <path> of <blkiotune>")
            add(problem, at: domain.blkiotune.origin)
        }
    }

    /// The number by which the host speaks with the guest.
    mutating func checkVSock(_ domain: Domain) {
        guard let vsock = domain.devices.vsock else { return }
        var copy = domain
        do throws(VMError) { try VSockDevice().open(for: &copy) } catch { add(error, at: vsock.origin) }
    }
}
