internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// What each edit does to a running machine.
extension LiveMachine {
    func carryOut(_ call: SupervisorCall) throws(VMError) -> SupervisorReply {
        self.call = call
        switch call.request {
        case .edit(let edit): return .edited(try carryOut(edit))
        case .resizeBlock(let disk, let bytes, let mayShrink): try resizeBlock(disk, bytes, mayShrink: mayShrink)
        case .setWriteThreshold(let disk, let bytes): try setWriteThreshold(disk, bytes)
        default: throw VMError(.internalError, "'\(call.request.name)' is no change")
        }
        return .edited(.done)
    }

    private func carryOut(_ edit: DomainEdit) throws(VMError) -> EditOutcome {
        switch edit {
        case .attach(let device): return .device(try attach(device))
        case .detach(let selection): return .device(try detach(selection))
        case .update(let device, let force): try update(device, force: force)
        case .changeMedia(let target, let change, let force):
            return .media(try changeMedia(target, change, force: force))
        case .setLink(let interface, let isUp): try setLink(interface, isUp, edit)
        case .forward(let ports, let name, let isRemoved): try forward(ports, name, isRemoved: isRemoved, edit)
        case .setMemory(let bytes): try setMemory(bytes, edit)
        case .setMaximumMemory:
            throw VMError(
                .wrongState, "Requested operation is not valid: cannot resize the maximum memory on an active domain",
                remedy: "use \(option: "config"); it counts from the next start on")
        case .setMemoryStatisticsPeriod(let seconds): try setMemoryStatisticsPeriod(seconds, edit)
        case .setBlockLimits(let disk, let limits): try setBlockLimits(disk, limits, edit)
        case .tune(let group, let parameters): try tune(group, parameters)
        case .setProcessorCount(_, isMaximum: true):
            throw VMError(
                .wrongState, "Requested operation is not valid: maximum vcpu count of a live domain can't be modified",
                remedy: "use \(option: "config")")
        case .setProcessorCount(let count, isMaximum: false): try setProcessorCount(count)
        case .setProcessors(let numbers, let isEnabled): try setProcessors(numbers, isEnabled: isEnabled)
        case .addIOThread(let number): try addIOThread(number, edit)
        case .removeIOThread(let number): try removeIOThread(number, edit)
        case .setIOThread(let number, let settings): try setIOThread(number, settings, edit)
        case .setLifecycleAction: try setLifecycleAction(edit)
        case .setDisplayPassword(let type, let password, let validTo):
            try setDisplayPassword(type, password, validTo, edit)
        case .pin(let target, let processors): try pin(target, processors, edit)
        case .setTitle, .setDescription, .setMetadata: try rewrite(edit)
        }
        return .done
    }

    static var notRunning: VMError {
        VMError(.wrongState, "Requested operation is not valid: domain is not running")
    }
}
