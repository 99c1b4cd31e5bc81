// What a Go program does that speaks libvirt's protocol itself, without libvirt's library: client SOCKET URI MACHINE
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/digitalocean/go-libvirt"
)

func must(truth bool, what string, details ...interface{}) {
	if !truth {
		fmt.Println(append([]interface{}{what}, details...)...)
		os.Exit(1)
	}
}

func main() {
	connection, err := net.DialTimeout("unix", os.Args[1], 5*time.Second)
	must(err == nil, "connect", err)
	client := libvirt.New(connection)
	err = client.ConnectToURI(libvirt.ConnectURI(os.Args[2]))
	must(err == nil, "open", err)
	version, err := client.ConnectGetLibVersion()
	must(err == nil && version >= 9000000, "version", version, err)

	domains, _, err := client.ConnectListAllDomains(1, libvirt.ConnectListDomainsActive)
	must(err == nil && len(domains) > 0, "list", domains, err)
	domain, err := client.DomainLookupByName(os.Args[3])
	must(err == nil, "lookup", err)
	state, _, err := client.DomainGetState(domain, 0)
	must(err == nil && state == int32(libvirt.DomainRunning), "state", state, err)
	_, memory, _, processors, _, err := client.DomainGetInfo(domain)
	must(err == nil && memory == 65536 && processors == 1, "info", memory, processors, err)
	document, err := client.DomainGetXMLDesc(domain, 0)
	must(err == nil && len(document) > 500, "document", err)

	events, err := client.LifecycleEvents(context.Background())
	must(err == nil, "events", err)
	must(client.DomainSuspend(domain) == nil, "suspend")
	select {
	case event := <-events:
		must(event.Event == int32(libvirt.DomainEventSuspended) && event.Dom.Name == os.Args[3], "event", event)
	case <-time.After(10 * time.Second):
		must(false, "no event")
	}
	must(client.DomainResume(domain) == nil, "resume")

	_, err = client.DomainLookupByName("nosuch")
	must(libvirt.IsNotFound(err), "error of an unknown name", err)
	_, _, err = client.ConnectListAllStoragePools(1, 0)
	must(err == nil, "pools", err)
	_, _, err = client.ConnectListAllNetworks(1, 0)
	must(err == nil, "networks", err)
	must(client.Disconnect() == nil, "disconnect")
	fmt.Println("all well")
}
