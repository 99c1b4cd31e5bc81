internal import VMDomain

/// Questions that planning asks, in the words of the domain format.
extension Capabilities {
    /// The accelerator that a domain's type stands for, as far as this QEMU was asked about it.
    func accelerator(for type: DomainType) -> Accelerator {
        switch type {
        case .kvm where !machines(.kvm).isEmpty: .kvm
        case .hvf where !machines(.hvf).isEmpty: .hvf
        default: .tcg
        }
    }
}
