# What a Perl program does with a machine: defines, starts, looks, hears of events, removes.
#   perl sys-virt.pl URI DOCUMENT
use strict;
use warnings;
use Sys::Virt;
use Sys::Virt::Event;

my ($uri, $document) = @ARGV;
sub must { my ($truth, $what) = @_; die "$what\n" unless $truth; }
sub code { my ($call) = @_; eval { $call->(); 1 } and return 0; return ref $@ ? $@->code : -1; }

Sys::Virt::Event::register_default();
my $connection = Sys::Virt->new(uri => $uri);
must($connection->get_version >= 7_000_000, "version of QEMU");
must($connection->get_type eq 'QEMU', "type");
must($connection->get_capabilities =~ /<capabilities>/, "capabilities");
must(code(sub { $connection->get_domain_by_name('nosuch') }) == Sys::Virt::Error::ERR_NO_DOMAIN, "error of an unknown name");

my @events;
$connection->domain_event_register_any(undef, Sys::Virt::Domain::EVENT_ID_LIFECYCLE,
    sub { my (undef, undef, $event) = @_; push @events, $event; });
sub wait_for {
    my ($event) = @_;
    my $end = time + 20;
    until (grep { $_ == $event } @events) { must(time < $end, "event $event"); Sys::Virt::Event::run_default(); }
}
# The loop ends its waiting now and then, so that the end above is looked at.
Sys::Virt::Event::add_timeout(200, sub { });

open my $file, '<', $document or die "$document: $!\n";
my $xml = do { local $/; <$file> };
my $domain = $connection->define_domain($xml);
wait_for(Sys::Virt::Domain::EVENT_DEFINED);
$domain->create;
wait_for(Sys::Virt::Domain::EVENT_STARTED);
must($domain->is_active, "active");
must($domain->get_info->{state} == Sys::Virt::Domain::STATE_RUNNING, "running");
must($domain->get_max_memory == 65536, "memory");
must($domain->get_xml_description =~ /<alias name='virtio-disk0'\/>/, "aliases of the running machine");
must(exists $domain->get_block_info('vda')->{capacity}, "a disk's size");
must($connection->get_domain_by_uuid($domain->get_uuid)->get_name eq $domain->get_name, "by UUID");
$domain->suspend;
wait_for(Sys::Virt::Domain::EVENT_SUSPENDED);
$domain->resume;
my @stats = $connection->get_all_domain_stats(Sys::Virt::Domain::STATS_STATE);
must((grep { $_->{data}{'state.state'} == 1 } @stats), "statistics");
must(code(sub { $domain->create }) == Sys::Virt::Error::ERR_OPERATION_INVALID, "a second start");
$domain->destroy;
wait_for(Sys::Virt::Domain::EVENT_STOPPED);
$domain->undefine;
wait_for(Sys::Virt::Domain::EVENT_UNDEFINED);
print "all well\n";
