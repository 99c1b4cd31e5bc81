public import VMXML

/// `type` of `<domain>`: hypervisors whose documents libvirt knows.
public enum DomainType: String, XMLEnum {
    case none, qemu, kqemu, kvm, xen, lxc, uml, openvz, test, vmware, hyperv, vbox, phyp, parallels, bhyve, vz, hvf
}
