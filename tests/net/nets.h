/* Random nets, for the tests of net. */
#ifndef TESTS_NET_NETS_H
#define TESTS_NET_NETS_H

#include <convoy/net.h>

#include "layer/layers.h"

/* One to four random layers of all kinds with random activations, then a full one; both losses. Free with
 * net_destroy. */
struct net *net_random(struct shelf *shelf, struct dice *dice);

/* Plans a net that must be possible. */
struct net *net_must(size_t layers, const struct layer_keys *keys, struct shape input, size_t classes, enum loss loss);

/* LeNet-5 as in the job file of the formats page, scaled-tanh throughout. */
struct net *net_lenet5(void);

#endif
